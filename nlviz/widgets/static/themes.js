// The themes that a page may choose from, Plotly templates by name. Python puts them here when it joins these files: see page.py.

export const TEMPLATES = {};
