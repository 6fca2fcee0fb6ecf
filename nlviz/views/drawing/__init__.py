"""What every picture is drawn with: sheet, lines, colours, frames that move, no more points than are seen."""
