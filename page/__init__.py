"""How the page looks: HTML for a state of a run, styles, script, examples. No gradio in here."""
