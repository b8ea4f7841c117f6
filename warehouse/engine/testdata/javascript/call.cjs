// Runs one call of the engine's table of calls with the official client. The call
// comes as JSON on standard input, the answer goes as JSON to standard output.
const { createClient } = require('@clickhouse/client')
const { Readable } = require('node:stream')

async function run(call) {
  const abort = new AbortController()
  process.on('SIGTERM', () => abort.abort())
  const client = createClient({
    url: call.url, username: call.user, password: call.password, request_timeout: 120000,
    compression: { request: call.compress, response: call.compress },
    clickhouse_settings: { output_format_json_quote_decimals: 1, output_format_json_quote_64bit_integers: 1, output_format_json_named_tuples_as_objects: 0, ...call.settings },
  })
  try {
    switch (call.op) {
      case 'ping': {
        const result = await client.ping({ select: true })
        if (!result.success) throw result.error
        return {}
      }
      case 'ask': {
        const result = await client.query({ query: call.sql, query_params: call.parameters ?? {}, format: 'JSONCompactEachRow', abort_signal: abort.signal })
        return { rows: await result.json() }
      }
      case 'count': {
        const result = await client.query({ query: call.sql, format: 'JSONCompactEachRow', abort_signal: abort.signal })
        let count = 0
        for await (const rows of result.stream()) count += rows.length
        return { count }
      }
      case 'run':
        await client.command({ query: call.sql, abort_signal: abort.signal })
        return {}
      case 'insert': {
        const rows = function* () { for (let n = 0; n < call.count; n++) yield [String(n), '县' + n] }
        await client.insert({ table: call.table, values: Readable.from(rows(), { objectMode: true }), format: 'JSONCompactEachRow' })
        return {}
      }
    }
    throw new Error('no such call: ' + call.op)
  } finally {
    await client.close()
  }
}

let input = ''
process.stdin.on('data', (piece) => { input += piece })
process.stdin.on('end', async () => {
  let answer
  try {
    answer = await run(JSON.parse(input))
  } catch (error) {
    answer = { error: String(error.message ?? error), code: Number(error.code ?? 0) }
  }
  process.stdout.write(JSON.stringify(answer))
})
