// Pages whose only map is that of their list.
import { openListMap } from "./list-map.js";

openListMap();
