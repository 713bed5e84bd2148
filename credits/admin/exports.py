"""What is in the files of the ledger's lists."""

from credits.admin.exporting import Column, account, same


def accounts() -> list[Column]:
    return [
        *account("pk"),
        Column("user", ("user_id",)),
        *same("balance", "held", "last_seq", "next_expiry_at", "created_at"),
    ]


def lots() -> list[Column]:
    return [
        *same("id"),
        *account("account"),
        *same("source", "kind", "granted", "spent", "held", "expired", "adjusted_off"),
        *same("clawed_back", "pending", "remaining", "clawback_target", "priority"),
        *same("starts_at", "expires_at", "created_at"),
    ]


def transactions() -> list[Column]:
    return [
        *same("id"),
        *account("account"),
        *same("seq", "kind", "amount", "balance_after"),
        # Empty where it touched several: the file of movements has them.
        Column("lot", ("lot_id",)),
        Column("undoes", ("undoes_id",)),
        *same("operation", "key", "description", "actor", "metadata", "created_at"),
    ]


def movements() -> list[Column]:
    return [
        Column("transaction", ("transaction_id",)),
        Column("lot", ("lot_id",)),
        *account("account"),
        Column("kind", ("transaction__kind",)),
        *same("amount"),
        Column("created_at", ("transaction__created_at",)),
    ]


def holds() -> list[Column]:
    return [
        *same("id"),
        *account("account"),
        Column("transaction", ("transaction_id",)),
        *same("key", "operation", "credits", "captured", "status"),
        *same("expires_at", "created_at", "closed_at"),
    ]


def requests() -> list[Column]:
    return [
        *same("id"),
        *account("account"),
        *same("credits", "priority", "starts_at", "reason", "key"),
        *same("asked_by", "decided_by", "status"),
        Column("transaction", ("transaction_id",)),
        *same("created_at", "decided_at"),
    ]
