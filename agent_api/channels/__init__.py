"""Channel accounts: the numbers, pages and mailboxes of a tenant, and what each channel can do."""
