"""Maps made with Folium: pages for the server and single files for e-mail, with nothing fetched from outside."""
