"""From labelled data to the weights that ship. Needs scipy (the extra `train`)."""
