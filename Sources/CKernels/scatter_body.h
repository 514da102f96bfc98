// Writing finished tiles of one element size: ELEMENT, and NAMED(name) for the function.

/// Moves `count` finished positions from `position` on: rows of temp by filter (and width phase) to the output,
/// leaving out what lies in the halo.
static void NAMED(scatter)(
    const osteon_conv *c, const conv_place *place, const conv_phase *phase, const void *finished, int width, int rows,
    void *result, int position, int count) {
    const ELEMENT *temp = finished;
    ELEMENT *y = result;
    const int *out = c->g.output, step = c->axis[2].out_step;
    size_t volume = (size_t)out[0] * out[1] * out[2];
    for (int p = position; p < position + count;) {
        int row = p / c->slab[2], w = p - row * c->slab[2];
        int run = min_int(c->slab[2] - w, position + count - p), used = min_int(run, place->count[2] - w);
        int d = place->plane + row / c->slab[1], h = row % c->slab[1];
        int od = (place->start[0] + d * c->axis[0].lattice) * c->axis[0].out_step + phase->remainder[0];
        int oh = (place->start[1] + h * c->axis[1].lattice) * c->axis[1].out_step + phase->remainder[1];
        int ow = (place->start[2] + w) * step;
        const ELEMENT *source = temp + (p - position);
        p += run;
        if (used <= 0 || d >= place->count[0] || h >= place->count[1] || od >= out[0] || oh >= out[1]) continue;
        ELEMENT *to = y + ((size_t)od * out[1] + oh) * out[2] + ow;
        for (int m = 0; m < rows; m++, source += width, to += volume) {
            if (step == 1) {
                memcpy(to, source, (size_t)used * sizeof *to);
            } else if (step == 2) {
                const ELEMENT *restrict even = source, *restrict odd = source + (size_t)rows * width;
                int pairs = min_int(used, (out[2] - ow) / 2);
                for (int i = 0; i < pairs; i++) to[2 * i] = even[i], to[2 * i + 1] = odd[i];
                if (pairs < used && ow + 2 * pairs < out[2]) to[2 * pairs] = even[pairs];
            } else {
                for (int r = 0; r < step; r++)
                    for (int i = 0; i < used && ow + i * step + r < out[2]; i++)
                        to[(size_t)i * step + r] = source[(size_t)r * rows * width + i];
            }
        }
    }
}

#undef ELEMENT
#undef NAMED
