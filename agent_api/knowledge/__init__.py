"""Knowledge: articles that answer customers before anybody has to, the search that finds them, and the pages that show them."""
