// On every page: GOV.UK Frontend's own behaviour (error summary, details, service navigation).
import { initAll } from "../vendor/govuk/govuk-frontend.min.js";

// The routes to a site open and close by check-page.js: GOV.UK's own way puts aria-expanded on radio buttons,
// which ARIA does not allow there.
document.querySelector(".app-routes [data-module]")?.removeAttribute("data-module");

initAll();
