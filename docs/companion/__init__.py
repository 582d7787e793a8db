"""The teaching companion: a static site made from the code that verifies the claims."""
