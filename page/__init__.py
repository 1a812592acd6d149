"""How the page looks: HTML for one state of a run, styles, script and examples. No gradio in here."""
