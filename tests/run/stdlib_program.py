#!/usr/bin/env python3
"""stdlib_program.py EBMCC REFERENCE - one program with every case of stdlib_reference.txt, compiled and run.

The cases become networks N0, N1 ... of one spec. Their parameters come from a checkpoint, their inputs from a
data set, both written here from the formulas of stdlib_reference.py. Outputs, input gradients, Hessian-vector
products and parameter gradients (one step of SGD) must be PyTorch's within single precision. Prints ok / FAIL.
"""
import glob
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile

BATCH, TOLERANCE = 2, 2e-5


def input_value(b, i):
    return 0.9 * math.sin(1.3 * i + 2.1 * b + 0.2) + 0.15 * math.cos(7.7 * i + b)


def direction(b, i):
    return math.cos(0.7 * i + 1.1 * b)


def param_value(k, i):
    return 0.5 * math.sin(1.7 * k + 0.9 * i + 0.3)


def read_cases(path):
    cases, case = [], None
    for line in open(path):
        key, _, rest = line.rstrip('\n').partition(' ')
        if key == 'case':
            case = {'name': rest, 'params': []}
            cases.append(case)
        elif key == 'in':
            case['shape'] = [int(v) for v in rest.split()]
        elif key == 'body':
            case['body'] = rest
        elif key in ('y', 'g', 'h'):
            case[key] = [float(v) for v in rest.split()[1:]]
        elif key == 'param':
            words = rest.split()
            case['params'].append((words[0], [float(v) for v in words[2:]]))
    return cases


def write_safetensors(path, tensors):
    header, data = {}, b''
    for name, (shape, values) in tensors.items():
        raw = struct.pack('<%df' % len(values), *values)
        header[name] = {'dtype': 'F32', 'shape': shape, 'data_offsets': [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text + data)


def read_safetensors(path):
    raw = open(path, 'rb').read()
    n, = struct.unpack('<Q', raw[:8])
    header, data = json.loads(raw[8:8 + n]), raw[8 + n:]
    out = {}
    for name, t in header.items():
        if name != '__metadata__' and t['dtype'] == 'F32':
            lo, hi = t['data_offsets']
            out[name] = struct.unpack('<%df' % ((hi - lo) // 4), data[lo:hi])
    return out


def write_spec(cases, width):
    spec = ['data d from "d.safetensors" { x: [%d];  v: [%d] }' % (width, width),
            'fn value(y) = reshape(stack([y]), shape(y))',
            'fn loss(N, x) { y = flatten(value(N(x)))',
            '  return dot(0.3 * cos(real(index(like y, 0))), y) + 0.5 * sqnorm(y) }']
    inputs, saves, losses = [], [], []
    for n, c in enumerate(cases):
        s = ','.join(map(str, c['shape']))
        spec.append('net N%d(x: [%s]) { %s }' % (n, s, c['body']))
        m = math.prod(c['shape'])
        inputs.append('  x%d = reshape(x[0..<%d], [%s])' % (n, m, s))
        saves.append('  v%d = reshape(v[0..<%d], [%s])' % (n, m, s))
        for what, value in (('y', 'value(N{0}(x{0}))'), ('g', 'grad(fn(z) => loss(N{0}, z), x{0})'),
                            ('h', 'hvp(fn(z) => loss(N{0}, z), x{0}, v{0})')):
            saves.append(('  save(flatten(%s), "%s{0}.safetensors")' % (value, what)).format(n))
        if c['params']:
            losses.append(n)
    nets = ', '.join('N%d' % n for n in losses)
    spec += ['sample s {', '  batch = 2;  count = 2;  (x, v) ~ d'] + inputs + saves + ['}']
    spec += ['train t {', '  batch = 2;  steps = 1;  optimizer %s = sgd(lr = 1)' % nets, '  step {', '  (x, v) ~ d']
    spec += [inputs[n] for n in losses]
    spec += ['  minimize %s over %s' % (' + '.join('mean(loss(N{0}, x{0}))'.format(n) for n in losses), nets), '  }', '}']
    open('all.ebm', 'w').write('\n'.join(spec) + '\n')


def command(*words):
    r = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if r.returncode:
        print('FAIL stdlib: %s: exit status %d' % (' '.join(words[:2]), r.returncode))
        print(r.stdout[-3000:])
        sys.exit(1)
    return r.stdout


def error(got, want):
    if len(got) != len(want):
        return math.inf
    scale = max(1, max(abs(v) for v in want))
    worst = max(abs(a - b) for a, b in zip(got, want)) / scale
    return worst if worst == worst else math.inf


def main():
    ebmcc, cases = os.path.abspath(sys.argv[1]), read_cases(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        width = max(math.prod(c['shape']) for c in cases)
        rows = [[f(b, i) for b in range(BATCH) for i in range(width)] for f in (input_value, direction)]
        write_safetensors('d.safetensors', {k: ([BATCH, width], v) for k, v in zip('xv', rows)})
        write_spec(cases, width)
        command(ebmcc, 'all.ebm', '-o', 'all', '--tile=16')
        shapes = dict(re.findall(r'^(N\S+) +\[([\d,]+)\]', command(ebmcc, '--params', 'all.ebm'), re.M))
        weights = {}
        for n, c in enumerate(cases):
            for k, (name, grad) in enumerate(c['params']):
                name = re.sub('^N', 'N%d' % n, name)
                weights[name] = ([int(v) for v in shapes[name].split(',')], [param_value(k, i) for i in range(len(grad))])
        write_safetensors('w.safetensors', weights)
        command('./all', 'sample', 's', 'from=w.safetensors')
        command('./all', 'train', 't', 'from=w.safetensors')
        checkpoint, = glob.glob('runs/*/ckpt-1.safetensors')
        moved = read_safetensors(checkpoint)
        for n, c in enumerate(cases):
            worst = 0
            for k in 'ygh':
                saved, = read_safetensors('%s%d.safetensors' % (k, n)).values()
                worst = max(worst, error(saved, c[k]))
            for name, grad in c['params']:
                name = re.sub('^N', 'N%d' % n, name)
                worst = max(worst, error([a - b for a, b in zip(weights[name][1], moved[name])], grad))
            print('ok' if worst <= TOLERANCE else 'FAIL', 'stdlib_%s%s' % (
                c['name'], '' if worst <= TOLERANCE else ': off by %.2g' % worst))


main()
