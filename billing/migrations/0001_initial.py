import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.lookups
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("credits", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Shortfall",
            fields=[],
            options={
                "verbose_name": "shortfall",
                "verbose_name_plural": "shortfalls",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("credits.lot",),
        ),
        migrations.CreateModel(
            name="RefusedWebhooks",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("secret_missing", "No secret is set"),
                            ("signature_wrong", "Not signed with our secret"),
                            ("signature_old", "Signed by another clock"),
                            ("other_mode", "Of the other mode, live or test"),
                            ("too_large", "Too large"),
                            ("not_an_event", "Not an event"),
                        ],
                        max_length=15,
                        verbose_name="reason",
                    ),
                ),
                ("started_at", models.DateTimeField(db_index=True, verbose_name="hour")),
                ("count", models.PositiveIntegerField(verbose_name="count")),
            ],
            options={
                "verbose_name": "refused webhooks",
                "verbose_name_plural": "refused webhooks",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("reason", "started_at"), name="refusedwebhooks_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutgoingMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=100, verbose_name="kind")),
                ("recipient", models.CharField(max_length=320, verbose_name="recipient")),
                ("subject", models.TextField(verbose_name="subject")),
                ("text", models.TextField(verbose_name="text")),
                ("html", models.TextField(blank=True, default="", verbose_name="HTML")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "last_error",
                    models.CharField(
                        blank=True, default="", max_length=100, verbose_name="last error"
                    ),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                ),
            ],
            options={
                "verbose_name": "outgoing message",
                "verbose_name_plural": "outgoing messages",
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at", None)),
                        fields=["due_at", "id"],
                        name="outgoingmessage_waiting",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at", None),
                            models.Q(
                                ("html", ""), ("recipient", ""), ("subject", ""), ("text", "")
                            ),
                            _connector="OR",
                        ),
                        name="outgoingmessage_empty_once_closed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("credits_arrived", "Credits arrived"),
                            ("payment_processing", "Payment on its way"),
                            ("payment_failed", "Payment failed"),
                            ("payment_refunded", "Payment refunded"),
                            ("refund_failed", "Refund failed"),
                            ("payment_disputed", "Payment disputed"),
                            ("dispute_closed", "Dispute decided"),
                            ("balance_low", "Balance is low"),
                            ("credits_expiring", "Credits expire soon"),
                            ("topup_charged", "Top-up charged"),
                            ("topup_failed", "Top-up failed"),
                            ("topup_authentication", "Top-up needs authentication"),
                            ("topup_off", "Top-up switched off"),
                        ],
                        max_length=32,
                        verbose_name="kind",
                    ),
                ),
                ("key", models.CharField(max_length=255, unique=True, verbose_name="key")),
                ("ids", models.JSONField(blank=True, default=dict, verbose_name="ids")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("dropped", "No longer needed"),
                        ],
                        default="waiting",
                        max_length=7,
                        verbose_name="status",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "last_error",
                    models.CharField(
                        blank=True, default="", max_length=100, verbose_name="last error"
                    ),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mails",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "outgoing mail",
                "verbose_name_plural": "outgoing mails",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "waiting")),
                        fields=["due_at", "id"],
                        name="outgoingmail_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("status", "failed")),
                        fields=["id"],
                        name="outgoingmail_failed",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["waiting", "sent", "failed", "dropped"])
                        ),
                        name="outgoingmail_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("status", "waiting")),
                            models.Q(
                                models.Q(("status", "waiting"), _negated=True),
                                ("closed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="outgoingmail_closed_unless_waiting",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditPlan",
            fields=[
                (
                    "tax_code",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="What Stripe finds the tax by, such as txcd_10103001 for software as a service. Empty: the code of your tax settings at Stripe.",
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^txcd_\\d{8}$", "A tax code is txcd_ and eight digits."
                            )
                        ],
                        verbose_name="tax code",
                    ),
                ),
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(unique=True, verbose_name="slug")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "credits",
                    models.BigIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="credits",
                    ),
                ),
                (
                    "bonus_credits",
                    models.BigIntegerField(
                        default=0,
                        help_text="Given on top of the credits that are paid for.",
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="bonus credits",
                    ),
                ),
                (
                    "valid_for_days",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Empty: the credits never expire.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(36500),
                        ],
                        verbose_name="valid for days",
                    ),
                ),
                (
                    "quantity_maximum",
                    models.PositiveIntegerField(
                        default=1,
                        help_text="How many of this plan one purchase may be of. 1: no number is asked for.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(999999),
                        ],
                        verbose_name="most at once",
                    ),
                ),
                ("sort_order", models.IntegerField(default=0, verbose_name="sort order")),
                ("is_active", models.BooleanField(default=True, verbose_name="on sale")),
                (
                    "is_featured",
                    models.BooleanField(
                        default=False,
                        help_text="Shown with the label Featured and a frame. Neither its place,"
                        " which the sort order says, nor its price changes.",
                        verbose_name="featured",
                    ),
                ),
                (
                    "allow_promotion_codes",
                    models.BooleanField(default=False, verbose_name="allow promotion codes"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
            ],
            options={
                "verbose_name": "credit plan",
                "verbose_name_plural": "credit plans",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("credits__gt", 0)), name="plan_credits_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("bonus_credits__gte", 0)),
                        name="plan_bonus_credits_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_for_days__isnull", True),
                            models.Q(("valid_for_days__gte", 1), ("valid_for_days__lte", 36500)),
                            _connector="OR",
                        ),
                        name="plan_valid_for_days_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity_maximum__gte", 1), ("quantity_maximum__lte", 999999)
                        ),
                        name="plan_quantity_maximum_possible",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ErasureRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("requested_at", models.DateTimeField(verbose_name="requested at")),
                ("due_at", models.DateTimeField(db_index=True, verbose_name="due at")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="billing_erasure_request",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "request to be erased",
                "verbose_name_plural": "requests to be erased",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gte", models.F("requested_at"))),
                        name="erasure_request_due_after_it_was_made",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Preferences",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True, default="", max_length=32, verbose_name="language"
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        blank=True, default="", max_length=64, verbose_name="time zone"
                    ),
                ),
                (
                    "mail_balance_low",
                    models.BooleanField(default=True, verbose_name="mail when the balance is low"),
                ),
                (
                    "mail_credits_expiring",
                    models.BooleanField(default=True, verbose_name="mail when credits expire soon"),
                ),
                (
                    "low_balance",
                    models.PositiveBigIntegerField(
                        blank=True, null=True, verbose_name="balance is low below"
                    ),
                ),
                (
                    "is_low_told",
                    models.BooleanField(default=False, verbose_name="told that the balance is low"),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="billing_preferences",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "preferences",
                "verbose_name_plural": "preferences",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("low_balance__isnull", True), ("low_balance__gt", 0), _connector="OR"
                        ),
                        name="preferences_low_balance_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_low_told", False), ("low_balance__isnull", False), _connector="OR"
                        ),
                        name="preferences_told_of_their_own_number",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("low_balance__isnull", False)),
                        fields=["user"],
                        name="preferences_with_a_number",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("livemode", models.BooleanField(verbose_name="live mode")),
                (
                    "stripe_customer_id",
                    models.CharField(max_length=255, verbose_name="Stripe customer"),
                ),
                (
                    "email",
                    models.CharField(blank=True, max_length=512, verbose_name="e-mail address"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "found_missing_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="found missing at"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty once the person was erased.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stripe_customers",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
                "constraints": [
                    models.UniqueConstraint(fields=("stripe_customer_id",), name="customer_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("found_missing_at__isnull", True)),
                        fields=("user", "livemode"),
                        name="customer_one_current_per_user_and_mode",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("user__isnull", False), ("email", ""), _connector="OR"),
                        name="customer_erased_without_address",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stripe_payment_intent_id",
                    models.CharField(max_length=255, verbose_name="Stripe payment intent"),
                ),
                (
                    "stripe_charge_id",
                    models.CharField(
                        blank=True, max_length=255, null=True, verbose_name="Stripe charge"
                    ),
                ),
                ("livemode", models.BooleanField(verbose_name="live mode")),
                (
                    "currency",
                    models.CharField(blank=True, default="", max_length=3, verbose_name="currency"),
                ),
                (
                    "amount_received",
                    models.BigIntegerField(default=0, verbose_name="amount received"),
                ),
                (
                    "max_amount_refunded",
                    models.BigIntegerField(default=0, verbose_name="amount refunded"),
                ),
                ("receipt_url", models.TextField(blank=True, default="", verbose_name="receipt")),
                (
                    "fraud_warned_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="fraud warned at"),
                ),
                (
                    "fraud_held_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="on hold since"),
                ),
                (
                    "fraud_held",
                    models.BigIntegerField(db_default=0, default=0, verbose_name="credits on hold"),
                ),
                (
                    "fraud_looked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="fraud looked at"),
                ),
                (
                    "fraud_note",
                    models.CharField(
                        blank=True, default="", max_length=255, verbose_name="fraud note"
                    ),
                ),
                ("settlements", models.PositiveIntegerField(default=0, verbose_name="settlements")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "fraud_looked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answered_fraud_warnings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="fraud looked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
            },
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stripe_dispute_id",
                    models.CharField(max_length=255, verbose_name="Stripe dispute"),
                ),
                ("unit_amount", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("status", models.CharField(max_length=50, verbose_name="status")),
                ("withdrawn", models.BigIntegerField(default=0, verbose_name="withdrawn")),
                ("movements", models.PositiveIntegerField(default=0, verbose_name="movements")),
                ("as_of", models.DateTimeField(verbose_name="as of")),
                (
                    "reason",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="reason"),
                ),
                (
                    "due_by",
                    models.DateTimeField(blank=True, null=True, verbose_name="answer due by"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disputes",
                        to="billing.payment",
                        verbose_name="payment",
                    ),
                ),
            ],
            options={
                "verbose_name": "dispute",
                "verbose_name_plural": "disputes",
            },
        ),
        migrations.CreateModel(
            name="AttemptCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(max_length=64, verbose_name="subject")),
                ("started_at", models.DateTimeField(db_index=True, verbose_name="hour")),
                ("attempts", models.PositiveIntegerField(verbose_name="attempts")),
            ],
            options={
                "verbose_name": "attempt count",
                "verbose_name_plural": "attempt counts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject", "started_at"), name="attemptcount_hour_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VoucherBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="What it is for. Those who redeem a code read it in their history.",
                        max_length=100,
                        verbose_name="name",
                    ),
                ),
                (
                    "credits",
                    models.BigIntegerField(
                        help_text="What one code gives once.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="credits",
                    ),
                ),
                (
                    "valid_for_days",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="From the day of redeeming. Empty: the credits never expire.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(36500),
                        ],
                        verbose_name="valid for days",
                    ),
                ),
                (
                    "size",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="codes",
                    ),
                ),
                (
                    "uses",
                    models.PositiveIntegerField(
                        default=1,
                        help_text="How many people may redeem the same code.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="uses of each code",
                    ),
                ),
                (
                    "once_a_person",
                    models.BooleanField(
                        default=True,
                        help_text="Nobody may redeem two codes of this batch. The same code never, anyway.",
                        verbose_name="one a person",
                    ),
                ),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="from")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("is_active", models.BooleanField(default=True, verbose_name="can be redeemed")),
                ("seed", models.BinaryField(max_length=32, null=True, verbose_name="seed")),
                ("made_by", models.CharField(max_length=64, verbose_name="made by")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "exported_by",
                    models.CharField(
                        blank=True, default="", max_length=64, verbose_name="exported by"
                    ),
                ),
                (
                    "exported_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="exported at"),
                ),
            ],
            options={
                "verbose_name": "voucher batch",
                "verbose_name_plural": "voucher batches",
                "permissions": [("export_voucherbatch", "Can export the codes of vouchers, once")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("credits__gt", 0),
                            ("size__gt", 0),
                            ("uses__gt", 0),
                        ),
                        name="voucherbatch_numbers_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_for_days__isnull", True),
                            models.Q(("valid_for_days__gte", 1), ("valid_for_days__lte", 36500)),
                            _connector="OR",
                        ),
                        name="voucherbatch_valid_for_days_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_at__isnull", True),
                            ("ends_at__isnull", True),
                            ("ends_at__gt", models.F("starts_at")),
                            _connector="OR",
                        ),
                        name="voucherbatch_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("exported_at__isnull", True),
                                ("exported_by", ""),
                                ("seed__isnull", False),
                            ),
                            models.Q(
                                ("exported_at__isnull", False),
                                ("seed__isnull", True),
                                models.Q(("exported_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="voucherbatch_seed_until_exported",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Voucher",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "prefix",
                    models.CharField(db_index=True, max_length=4, verbose_name="begins with"),
                ),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="digest")),
                ("uses", models.PositiveIntegerField(verbose_name="uses")),
                ("redeemed", models.PositiveIntegerField(default=0, verbose_name="redeemed")),
                ("is_active", models.BooleanField(default=True, verbose_name="can be redeemed")),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="vouchers",
                        to="billing.voucherbatch",
                        verbose_name="voucher batch",
                    ),
                ),
            ],
            options={
                "verbose_name": "voucher",
                "verbose_name_plural": "vouchers",
            },
        ),
        migrations.CreateModel(
            name="VoucherRedemption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("once_a_person", models.BooleanField(verbose_name="one a person")),
                ("created_at", models.DateTimeField(verbose_name="redeemed at")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="voucher_redemptions",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="billing.voucherbatch",
                        verbose_name="voucher batch",
                    ),
                ),
                (
                    "lot",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="voucher_redemption",
                        to="credits.lot",
                        verbose_name="lot",
                    ),
                ),
                (
                    "voucher",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="billing.voucher",
                        verbose_name="voucher",
                    ),
                ),
            ],
            options={
                "verbose_name": "voucher redemption",
                "verbose_name_plural": "voucher redemptions",
            },
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.UniqueConstraint(
                fields=("batch", "number"), name="voucher_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(("redeemed__lte", models.F("uses"))),
                name="voucher_redeemed_within_uses",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherredemption",
            constraint=models.UniqueConstraint(
                fields=("voucher", "account"), name="redemption_of_a_code_once_a_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherredemption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("once_a_person", True)),
                fields=("batch", "account"),
                name="redemption_of_a_batch_once_a_person",
            ),
        ),
        migrations.CreateModel(
            name="FraudWarning",
            fields=[],
            options={
                "verbose_name": "fraud warning",
                "verbose_name_plural": "fraud warnings",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("billing.payment",),
        ),
        migrations.CreateModel(
            name="PlanPrice",
            fields=[
                (
                    "tax_behavior",
                    models.CharField(
                        choices=[
                            ("unspecified", "As in Stripe's tax settings"),
                            ("exclusive", "Tax comes on top"),
                            ("inclusive", "Tax is included"),
                        ],
                        default="unspecified",
                        max_length=11,
                        verbose_name="tax",
                    ),
                ),
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        help_text="ISO 4217, lower case, such as usd.",
                        max_length=3,
                        verbose_name="currency",
                    ),
                ),
                (
                    "unit_amount",
                    models.BigIntegerField(
                        help_text="In the currency's smallest unit: 999 is 9.99 USD, or 999 JPY.",
                        verbose_name="amount",
                    ),
                ),
                (
                    "amount_minimum",
                    models.BigIntegerField(blank=True, null=True, verbose_name="smallest amount"),
                ),
                (
                    "amount_maximum",
                    models.BigIntegerField(blank=True, null=True, verbose_name="largest amount"),
                ),
                (
                    "amount_step",
                    models.BigIntegerField(blank=True, null=True, verbose_name="step"),
                ),
                (
                    "uuid",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="UUID"
                    ),
                ),
                (
                    "stripe_product_id",
                    models.CharField(
                        blank=True,
                        editable=False,
                        max_length=255,
                        null=True,
                        verbose_name="Stripe product",
                    ),
                ),
                (
                    "stripe_price_id",
                    models.CharField(
                        blank=True,
                        editable=False,
                        max_length=255,
                        null=True,
                        verbose_name="Stripe price",
                    ),
                ),
                (
                    "livemode",
                    models.BooleanField(default=False, editable=False, verbose_name="live mode"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "published_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="published at"
                    ),
                ),
                (
                    "archived_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="archived at"
                    ),
                ),
                (
                    "is_off_sale_at_stripe",
                    models.BooleanField(
                        default=False, editable=False, verbose_name="off sale at Stripe"
                    ),
                ),
                (
                    "stripe_said_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="Stripe said so at"
                    ),
                ),
                (
                    "problem",
                    models.TextField(
                        blank=True, default="", editable=False, verbose_name="problem"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prices",
                        to="billing.creditplan",
                        verbose_name="plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan price",
                "verbose_name_plural": "plan prices",
            },
        ),
        migrations.CreateModel(
            name="Purchase",
            fields=[
                (
                    "amount_discount",
                    models.BigIntegerField(blank=True, null=True, verbose_name="discount"),
                ),
                ("amount_tax", models.BigIntegerField(blank=True, null=True, verbose_name="tax")),
                (
                    "amount_total",
                    models.BigIntegerField(blank=True, null=True, verbose_name="total"),
                ),
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "uuid",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="UUID"
                    ),
                ),
                (
                    "form_token",
                    models.UUIDField(default=uuid.uuid4, editable=False, verbose_name="form token"),
                ),
                ("credits", models.BigIntegerField(verbose_name="credits")),
                (
                    "valid_for_days",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="valid for days"
                    ),
                ),
                ("quantity", models.PositiveIntegerField(default=1, verbose_name="quantity")),
                ("unit_amount", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("offered_credits", models.BigIntegerField(verbose_name="credits offered")),
                (
                    "offered_bonus",
                    models.BigIntegerField(default=0, verbose_name="bonus among them"),
                ),
                ("offered_amount", models.BigIntegerField(verbose_name="amount asked for them")),
                (
                    "quantity_maximum",
                    models.PositiveIntegerField(default=1, verbose_name="most at once"),
                ),
                (
                    "amount_minimum",
                    models.BigIntegerField(blank=True, null=True, verbose_name="smallest amount"),
                ),
                (
                    "amount_maximum",
                    models.BigIntegerField(blank=True, null=True, verbose_name="largest amount"),
                ),
                (
                    "amount_step",
                    models.BigIntegerField(blank=True, null=True, verbose_name="step"),
                ),
                ("livemode", models.BooleanField(verbose_name="live mode")),
                (
                    "allow_promotion_codes",
                    models.BooleanField(default=False, verbose_name="allow promotion codes"),
                ),
                (
                    "tax_behavior",
                    models.CharField(
                        choices=[
                            ("unspecified", "As in Stripe's tax settings"),
                            ("exclusive", "Tax comes on top"),
                            ("inclusive", "Tax is included"),
                        ],
                        default="unspecified",
                        max_length=11,
                        verbose_name="tax",
                    ),
                ),
                ("automatic_tax", models.BooleanField(default=False, verbose_name="automatic tax")),
                (
                    "managed_payments",
                    models.BooleanField(default=False, verbose_name="Managed Payments"),
                ),
                (
                    "is_topup",
                    models.BooleanField(default=False, verbose_name="automatic top-up"),
                ),
                (
                    "session_expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="session expires at"),
                ),
                (
                    "stripe_session_id",
                    models.CharField(
                        blank=True, max_length=255, null=True, verbose_name="Stripe session"
                    ),
                ),
                (
                    "checkout_url",
                    models.TextField(blank=True, default="", verbose_name="checkout page"),
                ),
                (
                    "next_url",
                    models.TextField(blank=True, default="", verbose_name="page to go on to"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("open", "Waiting for payment"),
                            ("processing", "Payment processing"),
                            ("paid", "Paid"),
                            ("expired", "Expired"),
                            ("failed", "Failed"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("problem", models.TextField(blank=True, default="", verbose_name="problem")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "opened_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="opened at"),
                ),
                ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="paid at")),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchases",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "lot",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchase",
                        to="credits.lot",
                        verbose_name="lot",
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchase",
                        to="billing.payment",
                        verbose_name="payment",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchases",
                        to="billing.creditplan",
                        verbose_name="plan",
                    ),
                ),
                (
                    "plan_price",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchases",
                        to="billing.planprice",
                        verbose_name="plan price",
                    ),
                ),
            ],
            options={
                "verbose_name": "purchase",
                "verbose_name_plural": "purchases",
            },
        ),
        migrations.CreateModel(
            name="BuyerDetails",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.TextField(blank=True, default="", verbose_name="name")),
                ("address", models.JSONField(default=dict, verbose_name="address")),
                ("tax_ids", models.JSONField(default=list, verbose_name="tax numbers")),
                (
                    "purchase",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="buyer_details",
                        to="billing.purchase",
                        verbose_name="purchase",
                    ),
                ),
            ],
            options={
                "verbose_name": "buyer's details",
                "verbose_name_plural": "buyers' details",
            },
        ),
        migrations.CreateModel(
            name="StatementSeries",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=8, verbose_name="code")),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statement_series",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "series of statements",
                "verbose_name_plural": "series of statements",
                "constraints": [
                    models.UniqueConstraint(fields=("code",), name="statementseries_code_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stripe_invoice_id",
                    models.CharField(max_length=255, verbose_name="Stripe invoice"),
                ),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("draft", "Draft"),
                            ("open", "Open"),
                            ("paid", "Paid"),
                            ("uncollectible", "Uncollectible"),
                            ("void", "Void"),
                        ],
                        default="",
                        max_length=13,
                        verbose_name="status",
                    ),
                ),
                (
                    "number",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="number"),
                ),
                (
                    "hosted_invoice_url",
                    models.TextField(blank=True, default="", verbose_name="invoice page"),
                ),
                ("invoice_pdf", models.TextField(blank=True, default="", verbose_name="PDF")),
                (
                    "addressed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="addresses of"),
                ),
                (
                    "purchase",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoice",
                        to="billing.purchase",
                        verbose_name="purchase",
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice",
                "verbose_name_plural": "invoices",
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "uuid",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="UUID"
                    ),
                ),
                (
                    "stripe_refund_id",
                    models.CharField(
                        blank=True, max_length=255, null=True, verbose_name="Stripe refund"
                    ),
                ),
                ("unit_amount", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("pending", "Pending"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("canceled", "Canceled"),
                        ],
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="reason"),
                ),
                (
                    "failure_reason",
                    models.CharField(
                        blank=True, default="", max_length=255, verbose_name="failure reason"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="billing.payment",
                        verbose_name="payment",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requested_refunds",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
            ],
            options={
                "verbose_name": "refund",
                "verbose_name_plural": "refunds",
                "permissions": [("issue_refund", "Can refund a purchase through Stripe")],
            },
        ),
        migrations.CreateModel(
            name="StripeEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("livemode", models.BooleanField(verbose_name="live mode")),
                ("stripe_event_id", models.CharField(max_length=255, verbose_name="Stripe event")),
                ("type", models.CharField(max_length=255, verbose_name="type")),
                (
                    "api_version",
                    models.CharField(
                        blank=True, default="", max_length=64, verbose_name="API version"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="created at"),
                ),
                (
                    "received_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="received at"),
                ),
                (
                    "processed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="processed at"),
                ),
                ("payload", models.JSONField(verbose_name="payload")),
                (
                    "waits_for",
                    models.CharField(
                        blank=True, default="", max_length=255, verbose_name="waits for"
                    ),
                ),
                (
                    "mirrored_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="mirrored at"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("processed", "Processed"),
                            ("ignored", "Ignored"),
                            ("quarantined", "Quarantined"),
                            ("failed", "Failed"),
                            ("resolved", "Resolved by staff"),
                        ],
                        default="received",
                        max_length=11,
                        verbose_name="state",
                    ),
                ),
                ("error", models.TextField(blank=True, default="", verbose_name="error")),
                (
                    "resolution",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("grant", "Credits granted"),
                            ("refund", "Money sent back"),
                            ("dismiss", "Dismissed"),
                        ],
                        default="",
                        max_length=7,
                        verbose_name="resolution",
                    ),
                ),
                (
                    "resolution_note",
                    models.CharField(
                        blank=True, default="", max_length=255, verbose_name="resolution note"
                    ),
                ),
                (
                    "resolved_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="resolved at"),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="billing.payment",
                        verbose_name="payment",
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="billing.purchase",
                        verbose_name="purchase",
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resolved_events",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="resolved by",
                    ),
                ),
            ],
            options={
                "verbose_name": "Stripe event",
                "verbose_name_plural": "Stripe events",
                "permissions": [("resolve_event", "Can decide on what was set aside")],
            },
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(
                    ("fraud_looked_at__isnull", True), ("fraud_warned_at__isnull", False)
                ),
                fields=["-fraud_warned_at"],
                name="payment_with_fraud_warning",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                fields=("stripe_payment_intent_id",), name="payment_intent_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                fields=("stripe_charge_id",), name="payment_charge_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_received__gte", 0), ("max_amount_refunded__gte", 0)),
                name="payment_amounts_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("fraud_looked_at__isnull", True),
                        ("fraud_looked_by__isnull", True),
                        ("fraud_note", ""),
                    ),
                    models.Q(
                        ("fraud_looked_at__isnull", False),
                        ("fraud_looked_by__isnull", False),
                        models.Q(("fraud_note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="payment_fraud_answered_with_who_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fraud_held", 0),
                    models.Q(("fraud_held__gt", 0), ("fraud_held_at__isnull", False)),
                    _connector="OR",
                ),
                name="payment_on_hold_since_its_warning",
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["created_at"], name="refund_by_created_at"),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["created_at"], name="dispute_by_created_at"),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("status__in", ["needs_response", "warning_needs_response"])),
                fields=["due_by"],
                name="dispute_to_answer",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(fields=("stripe_dispute_id",), name="dispute_once"),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit_amount__gte", 0), ("withdrawn__gte", 0)),
                name="dispute_amounts_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="planprice",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit_amount__gt", 0)), name="planprice_unit_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="planprice",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[a-z]{3}$")), name="planprice_currency_iso"
            ),
        ),
        migrations.AddConstraint(
            model_name="planprice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at__isnull", True), ("stripe_price_id__isnull", True)),
                    models.Q(
                        models.Q(
                            models.Q(
                                ("amount_minimum__isnull", True),
                                ("stripe_price_id__isnull", False),
                            ),
                            models.Q(
                                ("amount_minimum__isnull", False),
                                ("stripe_price_id__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        ("published_at__isnull", False),
                        ("stripe_product_id__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="planprice_published_with_stripe_price",
            ),
        ),
        migrations.AddConstraint(
            model_name="planprice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount_maximum__isnull", True),
                        ("amount_minimum__isnull", True),
                        ("amount_step__isnull", True),
                    ),
                    models.Q(
                        ("amount_maximum__gte", models.F("amount_minimum")),
                        ("amount_maximum__isnull", False),
                        ("amount_minimum__gt", 0),
                        ("amount_minimum__isnull", False),
                        ("amount_step__gt", 0),
                        ("amount_step__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="planprice_amounts_in_order_or_none",
            ),
        ),
        migrations.AddConstraint(
            model_name="planprice",
            constraint=models.UniqueConstraint(
                fields=("stripe_price_id",), name="planprice_stripe_price_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="planprice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True)),
                fields=("plan", "currency", "livemode"),
                name="planprice_one_active_per_plan_currency_mode",
            ),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                fields=["account", "-created_at", "-id"], name="purchase_of_account"
            ),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("paid_at__isnull", False)),
                fields=["paid_at"],
                name="purchase_by_paid_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["pending", "open", "processing", "paid", "expired", "failed"])
                ),
                name="purchase_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("credits__gt", 0)), name="purchase_credits_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quantity__gte", 1), ("quantity__lte", models.F("quantity_maximum"))
                ),
                name="purchase_quantity_within_limit",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount_maximum__isnull", True),
                        ("amount_minimum__isnull", True),
                        ("amount_step__isnull", True),
                        ("unit_amount", models.F("offered_amount")),
                    ),
                    models.Q(
                        django.db.models.lookups.Exact(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("unit_amount"), "-", models.F("amount_minimum")
                                ),
                                "%%",
                                django.db.models.functions.comparison.NullIf(
                                    models.F("amount_step"), models.Value(0)
                                ),
                            ),
                            0,
                        ),
                        ("amount_maximum__isnull", False),
                        ("amount_minimum__isnull", False),
                        ("amount_step__gt", 0),
                        ("amount_step__isnull", False),
                        ("quantity", 1),
                        ("unit_amount__gte", models.F("amount_minimum")),
                        ("unit_amount__lte", models.F("amount_maximum")),
                    ),
                    _connector="OR",
                ),
                name="purchase_amount_within_limits",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "credits",
                        models.Func(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.functions.comparison.Cast(
                                        "unit_amount",
                                        models.DecimalField(decimal_places=0, max_digits=60),
                                    ),
                                    "*",
                                    models.F("quantity"),
                                ),
                                "*",
                                models.F("offered_credits"),
                            ),
                            django.db.models.functions.comparison.NullIf(
                                models.F("offered_amount"), models.Value(0)
                            ),
                            function="div",
                            output_field=models.DecimalField(decimal_places=0, max_digits=60),
                        ),
                    ),
                    ("offered_amount__gt", 0),
                    ("offered_credits__gt", 0),
                ),
                name="purchase_credits_as_offered",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("offered_bonus__gte", 0), ("offered_bonus__lt", models.F("offered_credits"))
                ),
                name="purchase_bonus_within_offer",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("lot__isnull", False), ("paid_at__isnull", False), ("status", "paid")
                    ),
                    models.Q(
                        models.Q(("status", "paid"), _negated=True),
                        ("lot__isnull", True),
                        ("paid_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="purchase_paid_with_its_lot",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["pending", "failed", "expired"]),
                    ("stripe_session_id__isnull", False),
                    models.Q(("is_topup", True), models.Q(("status", "open"), _negated=True)),
                    _connector="OR",
                ),
                name="purchase_open_with_its_session",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_topup", False), ("session_expires_at__isnull", False)),
                    models.Q(
                        ("allow_promotion_codes", False),
                        ("checkout_url", ""),
                        ("is_topup", True),
                        ("session_expires_at__isnull", True),
                        ("stripe_session_id__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="purchase_topup_without_session",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_topup", True), ("status", "paid"), _negated=True),
                    ("payment__isnull", False),
                    _connector="OR",
                ),
                name="purchase_topup_paid_by_its_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(
                fields=("stripe_session_id",), name="purchase_session_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(
                fields=("account", "form_token", "currency", "quantity", "unit_amount"),
                name="purchase_form_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("is_topup", False), ("problem", ""), ("status__in", ["pending", "open"])
                ),
                fields=("account", "plan", "livemode"),
                name="purchase_one_at_checkout_a_plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.UniqueConstraint(
                fields=("stripe_refund_id",), name="refund_stripe_refund_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit_amount__gt", 0)), name="refund_unit_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["requested", "pending", "succeeded", "failed", "canceled"])
                ),
                name="refund_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["requested", "failed"]),
                    ("stripe_refund_id__isnull", False),
                    _connector="OR",
                ),
                name="refund_beyond_requested_has_stripe_id",
            ),
        ),
        migrations.AddIndex(
            model_name="stripeevent",
            index=models.Index(
                condition=models.Q(("state__in", ["quarantined", "failed"])),
                fields=["-received_at"],
                name="stripeevent_needing_staff",
            ),
        ),
        migrations.AddIndex(
            model_name="stripeevent",
            index=models.Index(fields=["type", "-received_at"], name="stripeevent_by_type"),
        ),
        migrations.AddIndex(
            model_name="stripeevent",
            index=models.Index(
                condition=models.Q(("waits_for", ""), _negated=True),
                fields=["waits_for"],
                name="stripeevent_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="stripeevent",
            index=models.Index(
                condition=models.Q(("mirrored_at__isnull", True)),
                fields=["id"],
                name="stripeevent_to_mirror",
            ),
        ),
        migrations.AddConstraint(
            model_name="stripeevent",
            constraint=models.UniqueConstraint(
                fields=("livemode", "stripe_event_id"), name="stripeevent_once_per_mode"
            ),
        ),
        migrations.AddConstraint(
            model_name="stripeevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["received", "processed", "ignored", "quarantined", "failed", "resolved"],
                    )
                ),
                name="stripeevent_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="stripeevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("resolution__in", ["grant", "refund", "dismiss"]),
                        ("resolved_at__isnull", False),
                        ("resolved_by__isnull", False),
                        ("state", "resolved"),
                        models.Q(("resolution_note", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "resolved"), _negated=True),
                        ("resolution", ""),
                        ("resolution_note", ""),
                        ("resolved_at__isnull", True),
                        ("resolved_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="stripeevent_resolved_with_who_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tax_code", ""), ("tax_code__regex", "^txcd_\\d{8}$"), _connector="OR"
                ),
                name="plan_tax_code_form",
            ),
        ),
        migrations.AddConstraint(
            model_name="planprice",
            constraint=models.CheckConstraint(
                condition=models.Q(("tax_behavior__in", ["unspecified", "exclusive", "inclusive"])),
                name="planprice_tax_behavior_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("tax_behavior__in", ["unspecified", "exclusive", "inclusive"])),
                name="purchase_tax_behavior_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount_discount__isnull", False),
                        ("amount_tax__isnull", False),
                        ("amount_total__isnull", False),
                        ("status", "paid"),
                    ),
                    models.Q(
                        models.Q(("status", "paid"), _negated=True),
                        ("amount_discount__isnull", True),
                        ("amount_tax__isnull", True),
                        ("amount_total__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="purchase_paid_with_its_amounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_discount__gte", 0), ("amount_tax__gte", 0), ("amount_total__gte", 0)
                ),
                name="purchase_amounts_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_tax__lte", models.F("amount_total"))),
                name="purchase_tax_within_total",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(fields=("stripe_invoice_id",), name="invoice_once"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["", "draft", "open", "paid", "uncollectible", "void"])
                ),
                name="invoice_status_known",
            ),
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("card", "Save a card"), ("top_up", "Automatic top-up")],
                        max_length=6,
                        verbose_name="kind",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                ("words", models.TextField(verbose_name="words")),
                ("language", models.CharField(max_length=32, verbose_name="language")),
                (
                    "credits",
                    models.BigIntegerField(blank=True, null=True, verbose_name="credits"),
                ),
                (
                    "valid_for_days",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="valid for days"
                    ),
                ),
                (
                    "ip_address",
                    models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address"),
                ),
                ("given_at", models.DateTimeField(verbose_name="given at")),
            ],
            options={
                "verbose_name": "consent",
                "verbose_name_plural": "consents",
                "indexes": [
                    models.Index(fields=["account", "-given_at"], name="consent_of_account"),
                    models.Index(
                        condition=models.Q(("ip_address__isnull", False)),
                        fields=["given_at"],
                        name="consent_with_address",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["card", "top_up"])),
                        name="consent_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("words", ""), _negated=True),
                            models.Q(("language", ""), _negated=True),
                        ),
                        name="consent_with_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("credits__gt", 0),
                                ("credits__isnull", False),
                                ("kind", "top_up"),
                            ),
                            models.Q(
                                models.Q(("kind", "top_up"), _negated=True),
                                ("credits__isnull", True),
                                ("valid_for_days__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="consent_to_a_top_up_with_its_credits",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedCard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to="billing.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "stripe_payment_method_id",
                    models.CharField(max_length=255, verbose_name="Stripe payment method"),
                ),
                ("brand", models.CharField(blank=True, max_length=32, verbose_name="brand")),
                ("last4", models.CharField(blank=True, max_length=4, verbose_name="last digits")),
                (
                    "exp_month",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="month of expiry"
                    ),
                ),
                (
                    "exp_year",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="year of expiry"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "removed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="removed at"),
                ),
                (
                    "detached_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="detached at"),
                ),
            ],
            options={
                "verbose_name": "saved card",
                "verbose_name_plural": "saved cards",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("detached_at__isnull", True), ("removed_at__isnull", False)
                        ),
                        fields=["id"],
                        name="savedcard_to_detach",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("stripe_payment_method_id",), name="savedcard_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("customer",),
                        name="savedcard_one_current_per_customer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("detached_at__isnull", True),
                            ("removed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="savedcard_detached_is_removed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CardSetup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "uuid",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="UUID"
                    ),
                ),
                (
                    "consent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="setup",
                        to="billing.consent",
                        verbose_name="consent",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="card_setups",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                ("livemode", models.BooleanField(verbose_name="live mode")),
                (
                    "stripe_session_id",
                    models.CharField(
                        blank=True, max_length=255, null=True, verbose_name="Stripe session"
                    ),
                ),
                (
                    "completed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="completed at"),
                ),
                (
                    "card",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="setup",
                        to="billing.savedcard",
                        verbose_name="saved card",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                ),
            ],
            options={
                "verbose_name": "card setup",
                "verbose_name_plural": "card setups",
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["created_at"],
                        name="cardsetup_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("stripe_session_id",), name="cardsetup_session_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("card__isnull", True), ("closed_at__isnull", False), _connector="OR"
                        ),
                        name="cardsetup_closed_with_its_card",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TopUpRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="topup_rules",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                ("livemode", models.BooleanField(verbose_name="live mode")),
                (
                    "plan_price",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.planprice",
                        verbose_name="plan price",
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rules",
                        to="billing.savedcard",
                        verbose_name="saved card",
                    ),
                ),
                (
                    "consent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rule",
                        to="billing.consent",
                        verbose_name="consent",
                    ),
                ),
                ("threshold", models.BigIntegerField(verbose_name="threshold")),
                ("monthly_limit", models.BigIntegerField(verbose_name="monthly limit")),
                ("is_on", models.BooleanField(default=True, verbose_name="on")),
                ("switched_on_at", models.DateTimeField(verbose_name="switched on at")),
                (
                    "off_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("person", "Switched off by the customer"),
                            ("staff", "Switched off by staff"),
                            ("declined", "The card was declined"),
                            ("expired", "The card has expired"),
                            ("removed", "The card was removed"),
                            ("dispute", "A top-up was disputed"),
                            ("price", "The plan's price has changed"),
                            ("plan", "The plan gives less than was agreed to"),
                            ("refused", "Stripe refused the charge"),
                            ("erased", "The person was erased"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="off because",
                    ),
                ),
                (
                    "switched_off_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="switched off at"),
                ),
                (
                    "switched_off_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="switched off by",
                    ),
                ),
                (
                    "off_note",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="note"),
                ),
            ],
            options={
                "verbose_name": "top-up rule",
                "verbose_name_plural": "top-up rules",
                "permissions": [("switch_off_topup", "Can switch a person's automatic top-up off")],
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_on", True)),
                        fields=["threshold"],
                        name="topuprule_on",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "livemode"), name="topuprule_one_per_mode"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("threshold__gt", 0)),
                        name="topuprule_threshold_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("monthly_limit__gt", 0)),
                        name="topuprule_monthly_limit_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("is_on", True),
                                ("off_note", ""),
                                ("off_reason", ""),
                                ("switched_off_at__isnull", True),
                            ),
                            models.Q(
                                ("is_on", False),
                                ("switched_off_at__isnull", False),
                                models.Q(("off_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="topuprule_off_with_when_and_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("off_reason", "staff"), _negated=True),
                            models.Q(
                                ("switched_off_by__isnull", False),
                                models.Q(("off_note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="topuprule_switched_off_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TopUpMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="topup_months",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                ("livemode", models.BooleanField(verbose_name="live mode")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("month", models.DateField(verbose_name="month")),
                ("charged", models.BigIntegerField(verbose_name="charged")),
                ("monthly_limit", models.BigIntegerField(verbose_name="monthly limit")),
            ],
            options={
                "verbose_name": "month of top-ups",
                "verbose_name_plural": "months of top-ups",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "livemode", "currency", "month"), name="topupmonth_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("charged__gte", 0), ("charged__lte", models.F("monthly_limit"))
                        ),
                        name="topupmonth_within_its_limit",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="TopUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purchase",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="topup",
                        to="billing.purchase",
                        verbose_name="purchase",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="topups",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="topups",
                        to="billing.topuprule",
                        verbose_name="top-up rule",
                    ),
                ),
                (
                    "consent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="topups",
                        to="billing.consent",
                        verbose_name="consent",
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="topups",
                        to="billing.savedcard",
                        verbose_name="saved card",
                    ),
                ),
                ("seq", models.BigIntegerField(verbose_name="number")),
                ("month", models.DateField(verbose_name="month")),
                (
                    "is_counted",
                    models.BooleanField(default=True, verbose_name="counted in its month"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("charging", "Being charged"),
                            ("waiting", "Declined, to be tried again"),
                            ("paid", "Paid"),
                            ("failed", "Failed"),
                            ("canceled", "Canceled"),
                        ],
                        default="queued",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                (
                    "stripe_payment_intent_id",
                    models.CharField(
                        blank=True, max_length=255, null=True, verbose_name="Stripe payment intent"
                    ),
                ),
                (
                    "decline_code",
                    models.CharField(
                        blank=True, default="", max_length=64, verbose_name="decline code"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                ),
            ],
            options={
                "verbose_name": "top-up",
                "verbose_name_plural": "top-ups",
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["due_at", "id"],
                        name="topup_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("account",),
                        name="topup_one_open_per_account",
                    ),
                    models.UniqueConstraint(
                        fields=("account", "consent", "seq"), name="topup_once_per_fall"
                    ),
                    models.UniqueConstraint(
                        fields=("stripe_payment_intent_id",), name="topup_payment_intent_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", True),
                                ("status__in", ["queued", "charging", "waiting"]),
                            ),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("status__in", ["paid", "failed", "canceled"]),
                            ),
                            _connector="OR",
                        ),
                        name="topup_closed_when_over",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_counted", True),
                            ("status__in", ["failed", "canceled"]),
                            _connector="OR",
                        ),
                        name="topup_counted_unless_given_up",
                    ),
                ],
            },
        ),
    ]
