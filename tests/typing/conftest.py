collect_ignore = ["user_code.py"]  # test_user_code.py runs it
