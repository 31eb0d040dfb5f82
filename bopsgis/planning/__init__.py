"""Planning rules of England, pure: a case, a date and the law in; dates, refusals and what is missing out."""
