"""What a customer wants: learnt from a tenant's labelled messages, told with how sure it is. Pure: numbers in, numbers out."""
