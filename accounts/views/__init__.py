"""Pages of the member: form in, one call, template out."""
