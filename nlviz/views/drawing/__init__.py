"""What every picture is drawn with: the sheet, lines, colours, frames that move, fewer points where many are not seen."""
