"""A lab outside the notebook it was made in: one file, a served page, an exported notebook."""
