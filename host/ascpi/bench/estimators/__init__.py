"""Which estimator of two clocks' offset is the best, measured: `ascpi bench estimators`."""
