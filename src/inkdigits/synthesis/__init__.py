"""Everything the project draws: glyphs by many hands, numbers, pages, papers and what spoils them."""
