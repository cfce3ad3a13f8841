"""Pages of the member; each view validates a form, makes one call and renders a template."""
