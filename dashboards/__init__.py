"""What people look at: HTTP, pages, charts."""
