"""What happens to money: sessions opened and paid, charges, refunds, disputes, discounts."""
