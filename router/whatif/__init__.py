"""What would have been: recorded arrivals, handling times and presence, played again under another policy or staffing. Pure."""
