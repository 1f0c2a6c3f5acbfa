"""Examiner: engines that students write, examined by small programs; where one departs, the mistake is named."""
