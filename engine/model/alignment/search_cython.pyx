# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Monotonic alignment search of one item, without the interpreter's lock (Glow-TTS, arXiv 2005.11129, algorithm 1).

The twin of search_numba.py; its docstring explains the search. Memoryviews need no numpy headers.
"""

from libc.math cimport INFINITY
from libc.stdlib cimport free, malloc


def search(const float[:, :] score_FN, Py_ssize_t n_text, Py_ssize_t n_frames, long long[:] token_F):
    """Write the text position of each of the first `n_frames` frames into `token_F`.

    score_FN: log likelihood of every frame under every text position; 1 <= n_text <= n_frames.
    """
    cdef float* best = <float*> malloc((n_text + 1) * sizeof(float))
    cdef unsigned char* moved = <unsigned char*> malloc(n_text * n_frames)
    if best == NULL or moved == NULL:
        free(best)
        free(moved)
        raise MemoryError("no memory for the alignment search")
    with nogil:
        _search(score_FN, n_text, n_frames, token_F, best, moved)
    free(best)
    free(moved)


cdef void _search(
    const float[:, :] score_FN,
    Py_ssize_t n_text,
    Py_ssize_t n_frames,
    long long[:] token_F,
    float* best,
    unsigned char* moved,
) noexcept nogil:
    cdef Py_ssize_t frame, token, first, last
    cdef float stay, move
    cdef const float* row
    cdef unsigned char* moved_row
    best[0] = 0.0
    for token in range(1, n_text + 1):
        best[token] = -INFINITY
    for frame in range(n_frames):
        first = max(0, n_text + frame - n_frames)
        last = min(n_text, frame + 1)
        row = &score_FN[frame, 0]
        moved_row = moved + frame * n_text
        for token in range(last - 1, first - 1, -1):
            stay = best[token + 1]
            move = best[token]
            moved_row[token] = stay < move
            best[token + 1] = row[token] + (move if stay < move else stay)
        best[0] = -INFINITY
    token = n_text - 1
    for frame in range(n_frames - 1, -1, -1):
        token_F[frame] = token
        if token != 0 and (token == frame or moved[frame * n_text + token]):
            token -= 1
