"""Claims judged by their locked plans, and what corrects or qualifies them."""
