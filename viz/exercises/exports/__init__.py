"""What is made of exercises for others: sheets on paper and as pages, and questions for Moodle.

`paper` and `questions` say what is asked, in no format; `pdf`, `page`, `moodle` and `gift` write it.
"""
