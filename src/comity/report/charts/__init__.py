"""Charts as SVG that needs no script: text in, text out.

A chart is drawn to a width in pixels. Charts over time exist twice in the page, wide and
narrow, and the style sheet shows the one that fits, so that text keeps its size on a
phone. Colours are classes of the style sheet, which knows light and dark.
"""
