"""Everything the project draws: glyphs by many hands, numbers, pages, papers, spoiling."""
