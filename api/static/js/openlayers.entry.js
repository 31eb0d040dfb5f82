// The parts of OpenLayers that our maps use. esbuild makes static/vendor/openlayers/openlayers.js from this
// list when the front-end files are fetched; what is not named here is not sent to anyone.
export { default as Map } from "ol/Map.js";
export { default as View } from "ol/View.js";
export { default as Feature } from "ol/Feature.js";
export { default as Projection } from "ol/proj/Projection.js";
export { addProjection } from "ol/proj.js";
export { default as VectorLayer } from "ol/layer/Vector.js";
export { default as VectorSource } from "ol/source/Vector.js";
export { default as GeoJSON } from "ol/format/GeoJSON.js";
export { default as WKT } from "ol/format/WKT.js";
export { default as TileGrid } from "ol/tilegrid/TileGrid.js";
export { tile as tileStrategy } from "ol/loadingstrategy.js";
export { default as PointerInteraction } from "ol/interaction/Pointer.js";
export { defaults as defaultInteractions } from "ol/interaction/defaults.js";
export { default as Style } from "ol/style/Style.js";
export { default as Fill } from "ol/style/Fill.js";
export { default as Stroke } from "ol/style/Stroke.js";
export { default as Text } from "ol/style/Text.js";
export { default as Circle } from "ol/style/Circle.js";
export { default as RegularShape } from "ol/style/RegularShape.js";
export { default as Point } from "ol/geom/Point.js";
export { default as MultiPoint } from "ol/geom/MultiPoint.js";
export { default as LineString } from "ol/geom/LineString.js";
export { default as Polygon } from "ol/geom/Polygon.js";
export { default as MultiPolygon } from "ol/geom/MultiPolygon.js";
