"""The demo's merchants, people and their year, and the purchases of 1997–98. Its facts are in `catalogue`, `cast` and
`story`; `opening` and `doors` write them down."""
