import { provenByTests, type Proof } from '../proof.ts'

process.env['OT_HISTORIES'] = '2000'

export const proof: Proof = provenByTests(
  'ot-fuzzer finds nothing in 2,000 iterations of each type; 2,000 random histories over two devices and a real server equal a plain run.',
  'packages/plugins/test/ot',
  'tests/ot',
)
