// The version of the script that a widget waits for. Python puts it here: see page.py.

export const VERSION = "";
