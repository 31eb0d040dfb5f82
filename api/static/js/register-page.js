// The register: the map of its list, searching an area on it, and finding oneself.
import { openAreaMap } from "./area-drawing.js";

const FAULT = "Your location could not be found. Type a postcode or an address instead.";

/** Put the browser's place into the field "Near". It goes to no one but our own server. */
function locate(button) {
  const field = document.getElementById("near");
  const say = (message) => (button.nextElementSibling.textContent = message);
  button.hidden = false;
  button.insertAdjacentHTML("afterend", '<p class="govuk-body-s" role="status"></p>');
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        field.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
        say("Your location is in the field “Near”. Now find applications.");
      },
      () => say(FAULT),
      { timeout: 10_000, maximumAge: 60_000 },
    );
  });
}

const button = document.querySelector("[data-locate]");
if (button && "geolocation" in navigator) {
  locate(button);
}
if (document.getElementById("map-data")) {
  openAreaMap();
}
