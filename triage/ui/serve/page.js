// The socket stands beside the page, wherever a proxy puts that.
const socket = new URL("ws", window.location.href);
socket.protocol = window.location.protocol === "https:" ? "wss:" : "ws:";
socket.search = "";
document.getElementById("terminal").dataset.sessionWebsocketUrl = socket.href;

// Keys go to the desk at once, without a click first.
new MutationObserver((_, observer) => {
  const input = document.querySelector(".xterm-helper-textarea");
  if (document.body.classList.contains("-first-byte") && input) {
    input.focus();
    observer.disconnect();
  }
}).observe(document.body, { attributes: true, attributeFilter: ["class"] });
window.addEventListener("focus", () => document.querySelector(".xterm-helper-textarea")?.focus());
