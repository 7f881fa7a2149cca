"""Published rates from files, and the reference rates that follow from them.

Four forms are read: the euro reference rates of the European Central Bank as
their zipped table, and as their daily XML and CSV, the dram rates of the Central Bank of
Armenia, and a table of one's own with the columns of rates.csv.
"""
