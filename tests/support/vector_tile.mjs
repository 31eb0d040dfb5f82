// Reads the tiles named on the command line with @mapbox/vector-tile and prints what is in them as JSON.
import { readFileSync } from 'node:fs'
import { VectorTile } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'

function read(path) {
  const tile = new VectorTile(new PbfReader(readFileSync(path)))
  return Object.values(tile.layers).map((layer) => ({
    name: layer.name,
    extent: layer.extent,
    features: Array.from({ length: layer.length }, (_, at) => {
      const feature = layer.feature(at)
      return {
        id: feature.id ?? null,
        kind: feature.type,
        properties: feature.properties,
        parts: feature.loadGeometry().map((part) => part.map((point) => [point.x, point.y])),
      }
    }),
  }))
}

process.stdout.write(JSON.stringify(process.argv.slice(2).map(read)))
