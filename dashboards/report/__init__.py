"""What a consultant hands over: one page that prints, and a workbook that recomputes."""
