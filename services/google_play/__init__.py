"""Reviews of one app on Google Play."""
