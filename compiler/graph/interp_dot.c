/* interp_dot.c - the interpreter's contractions and windows, as the sums of their definitions. */
#include "graph/interp.h"

/* ---- dot ----------------------------------------------------------------------------------- */

/* Places in an operand of every combination of some of its axes, row-major in the order given. */
static int64_t *places(Shape s, const int64_t *axes, int64_t n, int64_t *count) {
    int64_t stride[MAX_RANK];
    Shape part = { .rank = (int)n };
    row_major(s, stride);
    for (int64_t i = 0; i < n; i++)
        part.dim[i] = s.dim[axes[i]];
    Walk w = walk_new(part);
    for (int64_t i = 0; i < n; i++)
        w.stride[i] = stride[axes[i]];
    int64_t *p = xalloc((size_t)w.count * sizeof *p, "places of a contraction");
    *count = w.count;
    for (int64_t k = 0; k < w.count; k++, walk_next(&w))
        p[k] = w.offset;
    return p;
}

/* The axes of rank that are in neither list. */
static int64_t free_axes(int rank, const int64_t *x, int64_t nx, const int64_t *y, int64_t ny,
                         int64_t *out) {
    unsigned used = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < nx; i++)
        used |= 1u << x[i];
    for (int64_t i = 0; i < ny; i++)
        used |= 1u << y[i];
    for (int i = 0; i < rank; i++)
        if (!(used >> i & 1))
            out[n++] = i;
    return n;
}

/* out[p, i, j] = sum over k of a[p, i, k] b[p, j, k] */
static void dot(const OpCall *c) {
    Shape a = shape_concrete(c->n->in[0]->shape, c->batch);
    Shape b = shape_concrete(c->n->in[1]->shape, c->batch);
    int64_t nb = c->n->attr[0], nc = c->n->attr[1], fa[MAX_RANK], fb[MAX_RANK];
    const int64_t *ab = c->n->attr + 2, *bb = ab + nb, *ac = bb + nb, *bc = ac + nc;
    int64_t na_free = free_axes(a.rank, ab, nb, ac, nc, fa);
    int64_t nb_free = free_axes(b.rank, bb, nb, bc, nc, fb);
    int64_t np, ni, nj, nk;
    int64_t *pa = places(a, ab, nb, &np), *pb = places(b, bb, nb, &np);
    int64_t *ia = places(a, fa, na_free, &ni), *jb = places(b, fb, nb_free, &nj);
    int64_t *ka = places(a, ac, nc, &nk), *kb = places(b, bc, nc, &nk);
    double *out = c->out;
    for (int64_t p = 0; p < np; p++)
        for (int64_t i = 0; i < ni; i++)
            for (int64_t j = 0; j < nj; j++) {
                const double *x = c->in[0] + pa[p] + ia[i], *y = c->in[1] + pb[p] + jb[j];
                double sum = 0;
                for (int64_t k = 0; k < nk; k++)
                    sum += x[ka[k]] * y[kb[k]];
                *out++ = sum;
            }
    xfree(pa), xfree(pb), xfree(ia), xfree(jb), xfree(ka), xfree(kb);
}

/* ---- convolution --------------------------------------------------------------------------- */

/* One geometry for conv and its two transposes: they are the same sum of x * w * y read for y, x
 * or w. `x`, `w`, `y`: the arrays; the one that is the result is `*out`, the others are read. */
static void conv(const OpCall *c) {
    const Node *n = c->n;
    const int64_t *at = n->attr;
    Shape xs = n->op == OP_CONV_DX ? n->shape : n->in[0]->shape;
    Shape ys = n->op == OP_CONV ? n->shape : n->in[n->op == OP_CONV_DW]->shape;
    Shape ws = n->op == OP_CONV_DW ? n->shape : n->in[1]->shape;
    const double *x = c->in[0], *w = c->in[1], *y = c->in[n->op == OP_CONV_DW];
    int r = xs.rank;
    int64_t C = xs.dim[r - 3], H = xs.dim[r - 2], W = xs.dim[r - 1];
    int64_t O = ws.dim[0], Cg = ws.dim[1], kh = ws.dim[2], kw = ws.dim[3];
    int64_t OH = ys.dim[r - 2], OW = ys.dim[r - 1], per_group = O / at[8];
    int64_t images = interp_count(c->batch, xs) / (C * H * W);
    for (int64_t image = 0; image < images; image++)
    for (int64_t o = 0; o < O; o++)
    for (int64_t oh = 0; oh < OH; oh++)
    for (int64_t ow = 0; ow < OW; ow++) {
        int64_t yi = ((image * O + o) * OH + oh) * OW + ow;
        for (int64_t k = 0; k < Cg * kh * kw; k++) {
            int64_t ch = o / per_group * Cg + k / (kh * kw);
            int64_t h = oh * at[0] - at[2] + k / kw % kh * at[6];
            int64_t v = ow * at[1] - at[4] + k % kw * at[7];
            if (h < 0 || h >= H || v < 0 || v >= W)
                continue;
            int64_t xi = ((image * C + ch) * H + h) * W + v, wi = o * Cg * kh * kw + k;
            switch (n->op) {
            case OP_CONV: c->out[yi] += x[xi] * w[wi]; break;
            case OP_CONV_DX: c->out[xi] += y[yi] * w[wi]; break;
            default: c->out[wi] += x[xi] * y[yi];
            }
        }
    }
}

/* ---- pooling ------------------------------------------------------------------------------- */

typedef struct Pool {
    int64_t images, H, W, OH, OW;
    const int64_t *at;            /* kh,kw,sh,sw,ph0,ph1,pw0,pw1 */
} Pool;

static Pool pool_of(Shape big, Shape small, int64_t batch, const int64_t *attr) {
    int r = big.rank;
    Pool p = { .H = big.dim[r - 2], .W = big.dim[r - 1], .OH = small.dim[r - 2],
               .OW = small.dim[r - 1], .at = attr };
    p.images = interp_count(batch, big) / (p.H * p.W);
    return p;
}

/* The place in the image of element k of window `win`, or -1 outside. */
static int64_t pool_place(const Pool *p, int64_t win, int64_t k) {
    int64_t ow = win % p->OW, oh = win / p->OW % p->OH, image = win / (p->OW * p->OH);
    int64_t h = oh * p->at[2] - p->at[4] + k / p->at[1];
    int64_t w = ow * p->at[3] - p->at[6] + k % p->at[1];
    return h < 0 || h >= p->H || w < 0 || w >= p->W ? -1 : (image * p->H + h) * p->W + w;
}

static int64_t pool_windows(const Pool *p) { return p->images * p->OH * p->OW; }

/* The place of the first maximum of a window of x. */
static int64_t pool_best(const Pool *p, const double *x, int64_t win) {
    int64_t best = -1;
    for (int64_t k = 0; k < p->at[0] * p->at[1]; k++) {
        int64_t at = pool_place(p, win, k);
        if (at >= 0 && (best < 0 || beats(x[at], x[best])))
            best = at;
    }
    return best;
}

static void pool_sum(const OpCall *c) {
    bool transpose = c->n->op == OP_POOL_SUM_T;
    Shape a = c->n->in[0]->shape, b = c->n->shape;
    Pool p = pool_of(transpose ? b : a, transpose ? a : b, c->batch, c->n->attr);
    for (int64_t win = 0; win < pool_windows(&p); win++)
        for (int64_t k = 0; k < p.at[0] * p.at[1]; k++) {
            int64_t at = pool_place(&p, win, k);
            if (at >= 0)
                c->out[transpose ? at : win] += c->in[0][transpose ? win : at];
        }
}

static void pool_pick(const OpCall *c) {
    bool transpose = c->n->op == OP_POOL_PICK_T;
    Pool p = pool_of(c->n->in[0]->shape, transpose ? c->n->in[1]->shape : c->n->shape, c->batch,
                     c->n->attr);
    for (int64_t win = 0; win < pool_windows(&p); win++) {
        int64_t at = pool_best(&p, c->in[0], win);
        if (transpose)
            c->out[at] += c->in[1][win];
        else
            c->out[win] = c->in[1][at];
    }
}

void interp_max_pool(const Node *n, int64_t batch, Value in, Value out) {
    Pool p = pool_of(n->in[0]->shape, n->shape, batch, n->attr);
    for (int64_t win = 0; win < pool_windows(&p); win++) {
        int64_t at = pool_best(&p, in.v, win);
        out.v[win] = in.v[at];
        if (out.d)
            out.d[win] = in.d[at];
    }
}

void interp_contract(const OpCall *c) {
    switch (c->n->op) {
    case OP_DOT: dot(c); break;
    case OP_CONV: case OP_CONV_DX: case OP_CONV_DW: conv(c); break;
    case OP_POOL_SUM: case OP_POOL_SUM_T: pool_sum(c); break;
    case OP_POOL_PICK: case OP_POOL_PICK_T: pool_pick(c); break;
    default: assert(!"a contraction has a case here");
    }
}
