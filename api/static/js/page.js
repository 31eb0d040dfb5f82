// On every page: GOV.UK Frontend's own behaviour (error summary, radios, service navigation).
import { initAll } from "../vendor/govuk/govuk-frontend.min.js";

initAll();
