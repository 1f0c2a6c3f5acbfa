"""Output: a drawing as a file. SVG, and from that PNG and PDF; TikZ and Beamer; films; what notebooks show.

`saving` chooses among them by the suffix of the path.
"""
