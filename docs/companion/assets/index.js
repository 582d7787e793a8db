"use strict";
const graph = document.querySelector(".graph"), about = document.getElementById("about");
const edges = [...graph.querySelectorAll(".edges path")], nodes = [...graph.querySelectorAll("a")];
function walk(id, from, to, cls, seen) {
  for (const edge of edges) if (edge.dataset[from] === id) {
    edge.classList.add(cls);
    if (!seen.has(edge.dataset[to])) { seen.add(edge.dataset[to]); walk(edge.dataset[to], from, to, cls, seen); }
  }
}
function light(node) {
  for (const edge of edges) edge.classList.remove("below", "above");
  graph.classList.toggle("busy", Boolean(node));
  for (const other of nodes) other.classList.remove("on");
  if (!node) return;
  const seen = new Set([node.dataset.id]);
  walk(node.dataset.id, "b", "a", "below", seen);
  walk(node.dataset.id, "a", "b", "above", seen);
  for (const other of nodes) other.classList.toggle("on", seen.has(other.dataset.id));
  about.textContent = node.getAttribute("aria-label");
}
for (const node of nodes) {
  node.addEventListener("mouseenter", () => light(node));
  node.addEventListener("focus", () => light(node));
  node.addEventListener("mouseleave", () => light(null));
  node.addEventListener("blur", () => light(null));
}
