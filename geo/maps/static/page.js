// What a Folium page still needs: Korean controls, rows that show themselves on the map, a mark when it is drawn.
(() => {
  const box = document.querySelector(".folium-map");
  const map = window[box.id];
  box.setAttribute("role", "application");
  box.setAttribute("aria-label", "지도. 화살표 키로 옮기고 더하기·빼기 키로 확대하고 축소합니다.");
  const name = (selector, words) => {
    const control = document.querySelector(selector);
    if (control) { control.title = words; control.setAttribute("aria-label", words); }
  };
  L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  name(".leaflet-control-zoom-in", "확대");
  name(".leaflet-control-zoom-out", "축소");
  name(".leaflet-control-layers-toggle", "레이어와 범례");
  document.querySelectorAll("[data-bounds]").forEach((button) => button.addEventListener("click", () => {
    const [left, bottom, right, top] = button.dataset.bounds.split(",").map(Number);
    map.fitBounds([[bottom, left], [top, right]], { maxZoom: 19, animate: false });
    const words = document.createElement("b"); // an element: Leaflet would take a text for markup
    words.textContent = button.textContent;
    map.openPopup(words, [(bottom + top) / 2, (left + right) / 2]);
  }));
  map.whenReady(() => requestAnimationFrame(() => { window.__ready = performance.now(); }));
})();
