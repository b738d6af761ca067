"""Everything that ties the folders together: the job, its checks, publishing and the command."""
