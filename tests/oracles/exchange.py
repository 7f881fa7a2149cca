"""Equilibrium prices of an exchange of currencies, by a convex programme and somebody else's solver.

Every order is an agent that brings an amount of one currency, is indifferent between
keeping a unit and getting `limit` units of the other, and takes what is cheaper. The
prices at which all currencies balance solve the convex programme of Devanur, Garg
and Vegh (2016, A rational convex program for linear Arrow-Debreu markets, ACM TEAC
5(1)): over prices p, best costs of utility b and money y spent on keeping,

    minimise   sum of amount * p(sell) * log(p(sell) / b)  -  sum of y * log(limit)
    subject to limit * b <= p(sell),  b <= p(buy),  0 <= y <= amount * p(sell),
               for each currency: money of those who bring it = money spent on it.

Amounts, prices and limits are scaled by a guess of the prices, so that all are near one.
"""

import warnings
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.engine.auction import Book

ACCURACY = 1e-9

cp: Any = import_module("cvxpy")


def equilibrium(book: Book, guess: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return prices of one minor unit per currency, in the limit of fine units; their sum is that of `guess`.

    Parameters
    ----------
    book
        Without bands, minimum fills or currencies that nobody sells or buys.
    guess
        Prices near those searched, above 0; they only scale the programme.
    """
    c, sell, buy = book.currencies, book.sell, book.buy
    brought = book.amount * guess[sell]
    brought /= brought.mean()
    limit = book.numerator / book.denominator * guess[buy] / guess[sell]
    price: Any = cp.Variable(c)
    best: Any = cp.Variable(len(sell))
    kept: Any = cp.Variable(len(sell))
    selling, buying = (np.equal.outer(np.arange(c), side).astype(float) for side in (sell, buy))
    money = cp.multiply(brought, price[sell])
    spent = selling @ kept + buying @ (money - kept)
    entropy = cp.sum(cp.multiply(brought, cp.rel_entr(price[sell], best)))
    programme: Any = cp.Problem(
        cp.Minimize(entropy - cp.sum(cp.multiply(kept, np.log(limit)))),
        [
            cp.multiply(limit, best) <= price[sell],
            best <= price[buy],
            kept >= 0,
            kept <= money,
            spent == selling @ money,
            cp.sum(price) == c,
        ],
    )
    with warnings.catch_warnings():
        # It warns where it stops short of the accuracy asked for; whoever compares will see.
        warnings.simplefilter("ignore")
        programme.solve(solver=cp.CLARABEL, tol_gap_abs=ACCURACY, tol_gap_rel=ACCURACY, tol_feas=ACCURACY)
    found = price.value * guess
    result: NDArray[np.float64] = found / found.sum() * guess.sum()
    return result
