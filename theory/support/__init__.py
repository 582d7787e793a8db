"""What several claim files of one subject share."""
