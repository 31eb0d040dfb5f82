"""Officers' pages of one case: what it is, what is to be done, and every act, one module a stage."""
