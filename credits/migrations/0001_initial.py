import decimal

import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import credits.models.columns
from credits.sql import install


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        install("domains"),
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "balance",
                    credits.models.columns.NotNegativeField(
                        db_default=0,
                        default=0,
                        domain="credits_account_number_v1",
                        verbose_name="balance",
                    ),
                ),
                (
                    "held",
                    credits.models.columns.NotNegativeField(
                        db_default=0,
                        default=0,
                        domain="credits_account_number_v1",
                        verbose_name="held",
                    ),
                ),
                (
                    "last_seq",
                    credits.models.columns.NotNegativeField(
                        db_default=0,
                        default=0,
                        domain="credits_account_number_v1",
                        verbose_name="last number",
                    ),
                ),
                (
                    "next_expiry_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next expiry at"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        help_text="Empty once the person was erased.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_account",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
                "permissions": [("adjust_account", "Can adjust the credits of an account")],
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=255, verbose_name="source")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("PURCHASE", "purchase"),
                            ("SIGNUP", "signup grant"),
                            ("ALLOWANCE", "allowance"),
                            ("PROMOTION", "promotion"),
                            ("ADJUSTMENT", "adjustment"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("granted", models.BigIntegerField(verbose_name="granted")),
                (
                    "spent",
                    credits.models.columns.NotNegativeField(
                        db_default=0,
                        default=0,
                        domain="credits_lot_part_v1",
                        verbose_name="spent",
                    ),
                ),
                (
                    "held",
                    credits.models.columns.NotNegativeField(
                        db_default=0,
                        default=0,
                        domain="credits_lot_part_v1",
                        verbose_name="held",
                    ),
                ),
                (
                    "expired",
                    credits.models.columns.NotNegativeField(
                        db_default=0,
                        default=0,
                        domain="credits_lot_part_v1",
                        verbose_name="expired",
                    ),
                ),
                (
                    "adjusted_off",
                    credits.models.columns.NotNegativeField(
                        db_default=0,
                        default=0,
                        domain="credits_lot_part_v1",
                        verbose_name="adjusted off",
                    ),
                ),
                (
                    "clawed_back",
                    credits.models.columns.NotNegativeField(
                        db_default=0,
                        default=0,
                        domain="credits_lot_part_v1",
                        verbose_name="clawed back",
                    ),
                ),
                (
                    "pending",
                    credits.models.columns.NotNegativeField(
                        db_default=0,
                        default=0,
                        domain="credits_lot_part_v1",
                        verbose_name="pending",
                    ),
                ),
                (
                    "clawback_target",
                    models.BigIntegerField(db_default=0, default=0, verbose_name="clawback target"),
                ),
                (
                    "remaining",
                    models.BigIntegerField(
                        db_default=0, default=0, editable=False, verbose_name="remaining"
                    ),
                ),
                (
                    "is_open",
                    models.BooleanField(
                        db_default=False, default=False, editable=False, verbose_name="open"
                    ),
                ),
                (
                    "priority",
                    models.SmallIntegerField(db_default=50, default=50, verbose_name="priority"),
                ),
                (
                    "starts_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="starts at"),
                ),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="expires at"),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lots",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "lot",
                "verbose_name_plural": "lots",
            },
        ),
        migrations.CreateModel(
            name="CreditTransaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.BigIntegerField(verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("GRANT", "grant"),
                            ("SPEND", "spend"),
                            ("GIVE_BACK", "give back"),
                            ("HOLD", "hold"),
                            ("RELEASE", "release"),
                            ("CLAW_BACK", "claw back"),
                            ("RESTORE", "restore"),
                            ("DEFER", "defer"),
                            ("START", "start"),
                            ("EXPIRY", "expiry"),
                            ("ADJUSTMENT", "adjustment"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("amount", models.BigIntegerField(verbose_name="amount")),
                (
                    "balance_after",
                    credits.models.columns.NotNegativeField(
                        domain="credits_balance_after_v1", verbose_name="balance after"
                    ),
                ),
                ("key", models.CharField(max_length=255, verbose_name="key")),
                (
                    "operation",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=64,
                        verbose_name="operation",
                    ),
                ),
                (
                    "description",
                    models.CharField(blank=True, max_length=255, verbose_name="description"),
                ),
                ("metadata", models.JSONField(blank=True, default=dict, verbose_name="metadata")),
                ("actor", models.CharField(blank=True, max_length=64, verbose_name="actor")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transactions",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="credits.lot",
                        verbose_name="lot",
                    ),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="credits.credittransaction",
                        verbose_name="undoes",
                    ),
                ),
            ],
            options={
                "verbose_name": "credit transaction",
                "verbose_name_plural": "credit transactions",
            },
        ),
        migrations.CreateModel(
            name="AdjustmentRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("credits", models.BigIntegerField(verbose_name="credits")),
                (
                    "priority",
                    models.SmallIntegerField(db_default=50, default=50, verbose_name="priority"),
                ),
                (
                    "starts_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="starts at"),
                ),
                ("reason", models.CharField(max_length=255, verbose_name="reason")),
                ("key", models.CharField(max_length=255, verbose_name="key")),
                ("asked_by", models.CharField(max_length=64, verbose_name="asked by")),
                (
                    "decided_by",
                    models.CharField(blank=True, max_length=64, verbose_name="decided by"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ASKED", "asked for"),
                            ("APPROVED", "approved"),
                            ("REJECTED", "rejected"),
                        ],
                        default="ASKED",
                        max_length=16,
                        verbose_name="status",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="decided at"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjustment_requests",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "transaction",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjustment_request",
                        to="credits.credittransaction",
                        verbose_name="transaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "adjustment request",
                "verbose_name_plural": "adjustment requests",
                "permissions": [("approve_adjustment", "Can approve what another adjusts")],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=255, verbose_name="key")),
                (
                    "operation",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=64,
                        verbose_name="operation",
                    ),
                ),
                ("credits", models.BigIntegerField(verbose_name="credits")),
                (
                    "captured",
                    models.BigIntegerField(db_default=0, default=0, verbose_name="captured"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("HELD", "held"),
                            ("CAPTURED", "captured"),
                            ("RELEASED", "released"),
                            ("EXPIRED", "expired"),
                        ],
                        default="HELD",
                        max_length=16,
                        verbose_name="status",
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "transaction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hold",
                        to="credits.credittransaction",
                        verbose_name="transaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
            },
        ),
        migrations.CreateModel(
            name="HoldEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("captured", models.BigIntegerField(verbose_name="captured")),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "hold",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="credits.hold",
                        verbose_name="hold",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hold_entries",
                        to="credits.lot",
                        verbose_name="lot",
                    ),
                ),
            ],
            options={
                "verbose_name": "hold entry",
                "verbose_name_plural": "hold entries",
            },
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                (
                    "id",
                    models.BigIntegerField(primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("amount", models.BigIntegerField(verbose_name="amount")),
            ],
            options={
                "verbose_name": "movement",
                "verbose_name_plural": "movements",
                "db_table": "credits_movement_v1",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ExpiryNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("days", models.PositiveIntegerField(verbose_name="days ahead")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "lot",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expiry_notices",
                        to="credits.lot",
                        verbose_name="lot",
                    ),
                ),
            ],
            options={
                "verbose_name": "expiry notice",
                "verbose_name_plural": "expiry notices",
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.BigIntegerField(verbose_name="amount")),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="credits.credittransaction",
                        verbose_name="transaction",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="credits.lot",
                        verbose_name="lot",
                    ),
                ),
            ],
            options={
                "verbose_name": "entry",
                "verbose_name_plural": "entries",
            },
        ),
        migrations.CreateModel(
            name="LowBalanceNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.BigIntegerField(verbose_name="number")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="low_balance_notices",
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "low balance notice",
                "verbose_name_plural": "low balance notices",
            },
        ),
        migrations.CreateModel(
            name="WriteOff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("credits", models.BigIntegerField(verbose_name="credits")),
                ("reason", models.CharField(max_length=255, verbose_name="reason")),
                ("actor", models.CharField(max_length=64, verbose_name="actor")),
                ("key", models.CharField(max_length=255, verbose_name="key")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="write_offs",
                        to="credits.lot",
                        verbose_name="lot",
                    ),
                ),
            ],
            options={
                "verbose_name": "write-off",
                "verbose_name_plural": "write-offs",
                "permissions": [("write_off_shortfall", "Can write off a shortfall")],
            },
        ),
        migrations.CreateModel(
            name="JobRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="job")),
                (
                    "started_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="started at"),
                ),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                ),
                (
                    "error",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="error"),
                ),
            ],
            options={
                "verbose_name": "job run",
                "verbose_name_plural": "job runs",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("finished_at__isnull", True),
                            models.Q(
                                ("finished_at__gte", models.F("started_at")),
                                ("started_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="job_run_finished_after_it_started",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("error", ""), ("finished_at__isnull", False), _connector="OR"
                        ),
                        name="job_run_failed_when_it_finished",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Operation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "slug",
                    models.CharField(
                        help_text="What your code calls it, such as image.large. It cannot be changed later.",
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9][a-z0-9._-]*\\Z",
                                "Small letters, digits, and . _ - between them.",
                            )
                        ],
                        verbose_name="slug",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="What customers read in their history.",
                        max_length=100,
                        verbose_name="name",
                    ),
                ),
                (
                    "base",
                    models.BigIntegerField(
                        default=0,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(9007199254740991),
                        ],
                        verbose_name="credits for each use",
                    ),
                ),
                (
                    "per_unit",
                    models.DecimalField(
                        decimal_places=6,
                        default=decimal.Decimal("0"),
                        help_text="On top. What one use comes to is rounded up to whole credits.",
                        max_digits=19,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="credits for each unit",
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        blank=True,
                        help_text="What is counted, such as minute. Empty where nothing is.",
                        max_length=50,
                        verbose_name="unit",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="An operation that is not active cannot be charged for, nor done.",
                        verbose_name="active",
                    ),
                ),
            ],
            options={
                "verbose_name": "operation",
                "verbose_name_plural": "operations",
                "constraints": [
                    models.UniqueConstraint(fields=("slug",), name="operation_slug_once"),
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "^[a-z0-9][a-z0-9._-]*\\Z")),
                        name="operation_slug_is_a_word",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("base__gte", 0)), name="operation_base_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("per_unit__gte", 0)),
                        name="operation_per_unit_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("per_unit", 0), models.Q(("unit", ""), _negated=True), _connector="OR"
                        ),
                        name="operation_per_unit_names_its_unit",
                        violation_error_message="Say what a unit is: credits for each need one.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignupFingerprint",
            fields=[
                (
                    "digest",
                    models.CharField(
                        max_length=64, primary_key=True, serialize=False, verbose_name="digest"
                    ),
                ),
                ("created_on", models.DateField(verbose_name="created on")),
            ],
            options={
                "verbose_name": "signup fingerprint",
                "verbose_name_plural": "signup fingerprints",
            },
        ),
        migrations.CreateModel(
            name="SignupRefusal",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="signup_refusal",
                        serialize=False,
                        to="credits.account",
                        verbose_name="account",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
            ],
            options={
                "verbose_name": "signup refusal",
                "verbose_name_plural": "signup refusals",
            },
        ),
        migrations.AddIndex(
            model_name="expirynotice",
            index=models.Index(fields=["created_at"], name="expiry_notice_by_time"),
        ),
        migrations.AddIndex(
            model_name="lowbalancenotice",
            index=models.Index(fields=["created_at"], name="low_balance_notice_by_time"),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                models.F("next_expiry_at"),
                models.F("id"),
                condition=models.Q(("next_expiry_at__isnull", False)),
                name="account_by_next_expiry",
            ),
        ),
        migrations.AddIndex(
            model_name="credittransaction",
            index=django.contrib.postgres.indexes.BrinIndex(
                models.F("created_at"), autosummarize=True, name="transaction_by_time"
            ),
        ),
        migrations.AddIndex(
            model_name="credittransaction",
            index=models.Index(
                models.F("undoes"),
                condition=models.Q(("undoes__isnull", False)),
                name="transaction_undoing",
            ),
        ),
        migrations.AddConstraint(
            model_name="credittransaction",
            constraint=models.UniqueConstraint(
                fields=("account", "seq"), name="transaction_seq_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="credittransaction",
            constraint=models.UniqueConstraint(
                fields=("account", "key"), name="transaction_key_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustmentrequest",
            constraint=models.UniqueConstraint(
                fields=("account", "key"), name="adjustment_request_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustmentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("credits", 0), _negated=True),
                name="adjustment_request_credits_not_zero",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustmentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("credits__gt", 0), ("priority__gte", 0), ("priority__lte", 100)),
                    models.Q(("credits__lt", 0), ("priority", 50), ("starts_at__isnull", True)),
                    _connector="OR",
                ),
                name="adjustment_request_terms_of_what_is_given",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustmentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decided_by", ""), ("status", "ASKED")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("status__in", ["APPROVED", "REJECTED"]),
                        models.Q(("decided_by", ""), _negated=True),
                        models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="adjustment_request_decided_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustmentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "APPROVED"), ("transaction__isnull", False)),
                    models.Q(
                        models.Q(("status", "APPROVED"), _negated=True),
                        ("transaction__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="adjustment_request_approved_with_its_transaction",
            ),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(
                models.F("expires_at"),
                models.F("id"),
                condition=models.Q(("status", "HELD")),
                name="hold_active_by_expiry",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(fields=("account", "key"), name="hold_key_once"),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                models.F("account"),
                models.F("priority"),
                models.F("expires_at"),
                models.F("id"),
                condition=models.Q(("is_open", True)),
                name="lot_open_in_spend_order",
            ),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                models.F("account"),
                models.F("starts_at"),
                models.F("id"),
                condition=models.Q(("pending__gt", 0)),
                name="lot_pending_by_start",
            ),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                models.F("account"),
                models.F("id"),
                condition=models.Q(("clawback_target__gt", models.F("clawed_back"))),
                name="lot_owing_a_clawback",
            ),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                models.F("expires_at"),
                condition=models.Q(("expired__gt", 0)),
                name="lot_expired_by_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.UniqueConstraint(fields=("source",), name="lot_source_once"),
        ),
        migrations.AddConstraint(
            model_name="holdentry",
            constraint=models.UniqueConstraint(
                fields=("hold", "lot"), name="hold_entry_lot_once_per_hold"
            ),
        ),
        migrations.AddConstraint(
            model_name="expirynotice",
            constraint=models.UniqueConstraint(fields=("lot", "days"), name="expiry_notice_once"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(
                fields=("transaction", "lot"), name="entry_lot_once_per_transaction"
            ),
        ),
        migrations.AddConstraint(
            model_name="lowbalancenotice",
            constraint=models.UniqueConstraint(
                fields=("account", "seq"), name="low_balance_notice_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.UniqueConstraint(fields=("lot", "key"), name="write_off_once"),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("credits__gt", 0)), name="write_off_credits_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True), models.Q(("actor", ""), _negated=True)
                ),
                name="write_off_says_why_and_who",
            ),
        ),
    ]
