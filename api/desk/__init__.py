"""The officers' dashboard: lists of cases with their map, saved views, exports, and cases entered by hand."""
